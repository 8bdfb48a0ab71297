"""Who comes to a page without a session, or with somebody else's: to the door, and nothing typed is lost by it."""

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts import kept, page_author
from accounts.models import KeptForm


def keep(request: HttpRequest) -> KeptForm | None:
    """Keep what was posted for the author of its page; None when there is nothing to keep."""
    return kept.keep(request, at=timezone.now()) if request.method == "POST" else None


def stop(request: HttpRequest) -> HttpResponse | None:
    """The door for who is not signed in; a sentence for who is not the author of the page. None: go on."""
    if not request.user.is_authenticated:
        if keep(request) is None:
            return redirect_to_login(request.get_full_path())
        # No way on: the kept form is the way, and whoever else signs in here is led nowhere by it.
        return redirect(f"{reverse('accounts:sign_in')}?kept=1")
    author = page_author.author_of(request)
    if author is not None and author != request.user.pk:
        return not_yours(request)
    return None


def not_yours(request: HttpRequest) -> HttpResponse:
    """SECURITY: two people on one phone. What the one typed is never recorded in the name of the other, and is not
    shown to them: it waits for its author."""
    waits = keep(request) is not None
    return render(request, "errors/other_person.html", {"waits": waits}, status=403)
