"""Decodes what Temporal stores encrypted, for administrators who read the Temporal Web UI.

Temporal's protocol for remote codecs: the Web UI posts payloads as it found them and shows the
answer. It cannot sign in by itself, so an administrator opens ``/codec``, signs in, and gets a
cookie that these routes alone read; the Web UI sends it along when told to include credentials.
"""

from base64 import b64encode

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse
from pydantic import Base64Bytes, BaseModel, Field
from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec

from api.codec_access import COOKIE, PREFIX
from api.dependencies import Administrator, CurrentSignIn, Product
from api.errors import Conflict
from runtime.encryption import EncryptionCodec, UnreadablePayload
from runtime.settings import Environment

router = APIRouter(tags=["Operations"])

MOST_PAYLOADS = 2000
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "form-action 'none'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
    )
}
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Procureflow: read encrypted histories</title>
<link rel="stylesheet" href="/codec/page.css">
<script src="/codec/page.js" defer></script>
</head>
<body>
<main>
<h1>Read encrypted histories</h1>
<p>Sign in as an administrator. The Temporal Web UI can then show payloads in clear text for
%(minutes)s minutes, in this browser only.</p>
<form id="sign-in">
<label>E-mail <input name="email" type="email" autocomplete="username" required></label>
<label>Password
<input name="password" type="password" autocomplete="current-password" required></label>
<label>Code of the second factor, if you have one
<input name="otp" inputmode="numeric" autocomplete="one-time-code"></label>
<button>Sign in</button>
</form>
<p id="answer" role="status"></p>
<p>In the Temporal Web UI, open the glasses at the top right once, enter
<code id="endpoint"></code>, and tick <em>Include cross-origin credentials</em>.</p>
</main>
</body>
</html>
"""
STYLE = """body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem; color: #1b1b1b; }
main { max-width: 32rem; }
label { display: block; margin: 0 0 1rem; }
input { display: block; width: 100%; font: inherit; padding: 0.4rem; box-sizing: border-box; }
button { font: inherit; padding: 0.5rem 1.5rem; }
"""
SCRIPT = """const answer = document.getElementById("answer");
document.getElementById("endpoint").textContent = location.origin + "/api/codec";

async function post(path, body, token) {
  const headers = { "Content-Type": "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  const reply = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  const said = await reply.json();
  if (!reply.ok) throw new Error(said.detail);
  return said;
}

document.getElementById("sign-in").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const fields = Object.fromEntries(new FormData(form));
  if (!fields.otp) delete fields.otp;
  try {
    const tokens = await post("/api/auth/login", fields);
    const opened = await post("/api/codec/session", {}, tokens.access_token);
    form.reset();
    answer.textContent = opened.message;
  } catch (error) {
    answer.textContent = error.message;
  }
});
"""


class CodecPayload(BaseModel):
    """A payload as the protocol writes it: all bytes in base64."""

    metadata: dict[str, Base64Bytes] = {}
    data: Base64Bytes = b""


class CodecPayloads(BaseModel):
    payloads: list[CodecPayload] = Field(default=[], max_length=MOST_PAYLOADS)


class CodecSessionOut(BaseModel):
    message: str
    expires_in: int
    """Seconds."""


@router.post("/api/codec/decode", summary="Read payloads that Temporal stores")
async def decode_payloads(
    product: Product, _admin: Administrator, body: CodecPayloads
) -> CodecPayloads:
    """What is not encrypted comes back as it is."""
    codec = _codec(product)
    given = _given(body)
    if codec is None:
        return body
    try:
        return _answer(await codec.decode(given))
    except UnreadablePayload as error:
        raise Conflict("unreadable_payload", f"A payload cannot be read: {error}") from error


@router.post("/api/codec/encode", summary="Encrypt payloads as the product would")
async def encode_payloads(
    product: Product, _admin: Administrator, body: CodecPayloads
) -> CodecPayloads:
    """For signals and updates that are sent from the Web UI; while encryption is off, as given."""
    codec = _codec(product)
    return body if codec is None else _answer(await codec.encode(_given(body)))


@router.post("/api/codec/session", summary="Let this browser's Temporal Web UI read payloads")
async def open_codec_session(
    product: Product, _admin: Administrator, signed_in: CurrentSignIn, response: Response
) -> CodecSessionOut:
    """Sets a cookie that only the routes of the codec read; it ends with the session."""
    seconds = product.tokens.seconds
    response.set_cookie(
        COOKIE,
        product.tokens.issue(signed_in.user.id, signed_in.session_id),
        max_age=seconds,
        path=PREFIX,
        secure=product.settings.environment is Environment.PRODUCTION,
        httponly=True,
        samesite="strict",
    )
    minutes = seconds // 60
    return CodecSessionOut(
        message=f"The Temporal Web UI can read payloads for {minutes} minutes.", expires_in=seconds
    )


@router.get("/codec", summary="Sign-in page for the Temporal Web UI", response_class=HTMLResponse)
async def show_codec_page(product: Product) -> HTMLResponse:
    minutes = product.tokens.seconds // 60
    return HTMLResponse(PAGE % {"minutes": minutes}, headers=HEADERS)


@router.get("/codec/page.css", include_in_schema=False)
async def codec_style() -> Response:
    return Response(STYLE, media_type="text/css")


@router.get("/codec/page.js", include_in_schema=False)
async def codec_script() -> Response:
    return Response(SCRIPT, media_type="text/javascript")


def _codec(product: Product) -> PayloadCodec | None:
    keys = product.settings.key_ring()
    return None if keys is None else EncryptionCodec(keys)


def _given(body: CodecPayloads) -> list[Payload]:
    return [Payload(metadata=payload.metadata, data=payload.data) for payload in body.payloads]


def _answer(payloads: list[Payload]) -> CodecPayloads:
    """Base64Bytes takes and gives base64, so the bytes are written as it reads them."""
    return CodecPayloads.model_validate(
        {
            "payloads": [
                {
                    "metadata": {key: b64encode(value) for key, value in payload.metadata.items()},
                    "data": b64encode(payload.data),
                }
                for payload in payloads
            ]
        }
    )
