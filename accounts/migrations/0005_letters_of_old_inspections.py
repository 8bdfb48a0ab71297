"""Inspections from before letters were asked for: marked so, and over at the end of the day of this change."""

from django.db import migrations
from django.db.models.functions import Greatest
from django.db.models import F
from django.utils import timezone


def close_the_open_ones(apps, schema_editor):
    posts = apps.get_model("accounts", "Post").objects.filter(role="inspector")
    posts.filter(document_no="").update(document_no="未登记文号")
    posts.filter(ends_on=None).update(ends_on=Greatest(F("starts_on"), timezone.localdate()))


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_openings_lists_and_letters")]

    operations = [migrations.RunPython(close_the_open_ones, migrations.RunPython.noop)]
