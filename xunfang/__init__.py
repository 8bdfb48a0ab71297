"""巡访: visits to people in hardship, as a city's civil affairs staff run them."""

from xunfang.celery import app as celery_app

__all__ = ["celery_app"]
