"""A message to a chat group's robot or a message platform: counts and days, never a person."""

import base64
import hmac
import http.client
import json
import socket
import ssl
from typing import Any
from urllib.parse import quote_plus

from visits.core.models import Webhook
from visits.core.sending import guard
from visits.core.sending.problems import Final, NotYet
from xunfang.kit import crypto

ADDRESS, SECRET = "webhook.address", "webhook.secret"
TIMEOUT = 5.0
MOST = 64 * 1024
# Words of the three that mean: this robot is gone.
GONE = {93000, 300005, 310000, 400013}


def seal(address: str, secret: str) -> dict[str, bytes | None]:
    """The two columns that nobody reads back."""
    return {
        "address": crypto.encrypt(address.encode(), ADDRESS),
        "secret": crypto.encrypt(secret.encode(), SECRET) if secret else None,
    }


def address_of(hook: Webhook) -> str:
    return crypto.decrypt(bytes(hook.address), ADDRESS).decode()


def host_of(hook: Webhook) -> str:
    """What may be shown of an address."""
    return guard.target(address_of(hook)).host


def body_of(shape: str, words: str) -> dict[str, Any]:
    """The message as the address wants it."""
    if shape in (Webhook.Shape.WECOM, Webhook.Shape.DINGTALK):
        return {"msgtype": "text", "text": {"content": words}}
    return {"text": words}


def signed(address: str, secret: str, millis: int) -> str:
    """钉钉 加签: the moment and its signature go into the address."""
    digest = hmac.digest(secret.encode(), f"{millis}\n{secret}".encode(), "sha256")
    join = "&" if "?" in address else "?"
    return f"{address}{join}timestamp={millis}&sign={quote_plus(base64.b64encode(digest))}"


def post(hook: Webhook, words: str, *, millis: int) -> None:
    """Send it now. Raises `NotYet` or `Final` with words that may be shown; never the address."""
    address = address_of(hook)
    if hook.shape == Webhook.Shape.DINGTALK and hook.secret is not None:
        address = signed(address, crypto.decrypt(bytes(hook.secret), SECRET).decode(), millis)
    try:
        goal = guard.target(address)
        place = guard.resolve(goal)
    except guard.BadAddress as error:
        raise Final(str(error)) from None
    except OSError:
        raise NotYet("找不到这个网址") from None
    payload = json.dumps(body_of(hook.shape, words), ensure_ascii=False).encode()
    status, answer = _call(goal, place, payload)
    if 300 <= status < 400:
        raise Final("对方要转到别的地址，不支持")
    if status in (404, 410):
        raise Final("对方说没有这个地址，请重新复制")
    if status >= 400:
        raise NotYet(f"对方没有收下（{status}）")
    _refused(answer)


def _call(goal: guard.Target, place: str, payload: bytes) -> tuple[int, bytes]:
    """To the address that was checked; the certificate is the name's."""
    caller = http.client.HTTPConnection(goal.host, goal.port, timeout=TIMEOUT)
    try:
        line = socket.create_connection((place, goal.port), timeout=TIMEOUT)
        caller.sock = (
            ssl.create_default_context().wrap_socket(line, server_hostname=goal.host) if goal.secure else line
        )
        caller.request("POST", goal.path, payload, {"Content-Type": "application/json; charset=utf-8"})
        answer = caller.getresponse()
        return answer.status, answer.read(MOST)
    except ssl.SSLError:
        raise NotYet("对方的证书不对") from None
    except TimeoutError:
        raise NotYet("对方没有答应") from None
    except (OSError, http.client.HTTPException):
        raise NotYet("连不上对方") from None
    finally:
        caller.close()


def _refused(answer: bytes) -> None:
    """The robots say 200 and put the refusal into the answer."""
    try:
        found = json.loads(answer)
    except ValueError:
        return
    code = found.get("errcode", 0) if isinstance(found, dict) else 0
    if not isinstance(code, int) or code == 0:
        return
    if code in GONE:
        raise Final(f"群机器人不认这个地址或密钥（{code}），请重新设置")
    raise NotYet(f"群机器人没有收下（{code}）")
