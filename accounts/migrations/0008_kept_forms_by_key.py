"""A page that saves by itself while nobody is signed in makes one kept form, found by the page's key."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_kept_forms")]

    operations = [migrations.AddField("keptform", "form_key", models.UUIDField(null=True))]
