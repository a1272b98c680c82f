"""openid.connect.* and users.identity: Sign in with Slack, for other sites."""

import base64
import hashlib
import hmac

import msgspec

from slack_simulator.web_api.arguments import Arguments
from slack_simulator.web_api.caller import Caller
from slack_simulator.web_api.installations import TOKEN_SECONDS
from slack_simulator.workspace import shapes
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Json

ID_TOKEN_SECONDS = 300


def sign_in(caller: Caller, arguments: Arguments) -> Json:
    """Exchange a code for a member's token and ID token, or a refresh token for a new one."""
    if arguments.text("grant_type") == "refresh_token":
        grant = caller.installations.refresh(arguments.text("refresh_token"))
        return {**_token(grant.token, grant.refresh_token), "id_token": ""}
    installation = caller.installations.exchange(
        arguments.required("code", "invalid_code"), arguments.text("redirect_uri")
    )
    scopes = installation.user_scopes or installation.scopes
    grant = caller.installations.grant(scopes, installation.user)
    now = int(caller.workspace.clock.now())
    claims = {
        "iss": "https://slack.com",
        "sub": installation.user,
        "aud": arguments.text("client_id"),
        "exp": now + ID_TOKEN_SECONDS,
        "iat": now,
        "auth_time": now,
        "nonce": installation.nonce,
        **_facts(caller, installation.user),
    }
    signed = _signed(claims, arguments.text("client_secret"))
    return {**_token(grant.token, grant.refresh_token), "id_token": signed}


def user_info(caller: Caller, _arguments: Arguments) -> Json:
    """Return who has signed in."""
    caller.require("openid")
    return {"sub": caller.actor.id, **_facts(caller, caller.actor.id)}


def identity(caller: Caller, _arguments: Arguments) -> Json:
    """Return who has signed in, in the form before OpenID."""
    caller.require("identity.basic")
    actor = caller.actor
    profile = shapes.user(caller.identity, actor)["profile"]
    user: Json = {"id": actor.id, "name": actor.real_name}
    if "identity.email" in caller.scopes:
        user["email"] = actor.email
    if "identity.avatar" in caller.scopes:
        user |= {name: value for name, value in profile.items() if name.startswith("image_")}
    team = {"id": caller.identity.team_id, "name": caller.identity.team_name}
    return {"user": user, "team": team}


def _token(token: str, refresh_token: str) -> Json:
    answer: Json = {"access_token": token, "token_type": "Bearer"}
    if refresh_token:
        answer |= {"refresh_token": refresh_token, "expires_in": TOKEN_SECONDS}
    return answer


def _facts(caller: Caller, id: str) -> Json:
    """Return what OpenID tells of a member."""
    user = caller.workspace.users.get(id)
    if user is None:
        raise SlackError("user_not_found")
    identity = caller.identity
    first, _, last = user.real_name.partition(" ")
    picture = shapes.user(identity, user)["profile"]["image_512"]
    return {
        "https://slack.com/user_id": id,
        "https://slack.com/team_id": identity.team_id,
        "https://slack.com/team_name": identity.team_name,
        "https://slack.com/team_domain": identity.domain,
        "email": user.email,
        "email_verified": True,
        "date_email_verified": user.updated,
        "name": user.real_name,
        "given_name": first,
        "family_name": last,
        "locale": "en-US",
        "picture": picture,
    }


def _signed(claims: Json, secret: str) -> str:
    """Return a JSON Web Token. Slack signs with a key of its own, here it is the app's secret."""
    parts = (msgspec.json.encode(part) for part in ({"typ": "JWT", "alg": "HS256"}, claims))
    text = b".".join(map(_base64, parts))
    signature = hmac.digest(secret.encode(), text, hashlib.sha256)
    return (text + b"." + _base64(signature)).decode()


def _base64(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")
