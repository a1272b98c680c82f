"""Installing an app by OAuth, as a member does in the browser."""

import html
import re
from collections.abc import Sequence
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import urllib3

from slack_simulator.components import Components
from slack_simulator.web_api.methods import app_management

_AUTHORIZE = re.compile(r"https://slack\.com/(?:oauth/v2|openid/connect)/authorize\?[^\"'<>\s]+")


class Installing(Components):
    """A Slack whose members install apps, or ask to."""

    def request_app(
        self, name: str, user: str = "regular", *, scopes: Sequence[str] = (), message: str = ""
    ) -> str:
        """Ask the admins for an app with some name as a member. Return the request's ID."""
        member = self.workspace.user(user)
        asked = app_management.request(self.workspace, member, name, list(scopes), message)
        return str(asked["id"])

    def install(self, address: str, user: str = "regular", channel: str = "general") -> str:
        """Install the app as a member, or sign in to it, from its page on. Return its last page.

        An incoming webhook, if the app asks for one, posts in `channel`. From now on the app has
        the scopes that it asked for. Raise `LookupError` if a page isn't what Slack would need.
        """
        member = self.workspace.user(user)
        http = urllib3.PoolManager(retries=False)
        first = http.request("GET", address)
        page = html.unescape(first.headers.get("Location", "") + first.data.decode())
        found = _AUTHORIZE.search(page)
        if found is None:
            raise LookupError(f"{address} has no link to https://slack.com/oauth/v2/authorize")
        asked = {name: value[0] for name, value in parse_qs(urlsplit(found[0]).query).items()}
        scopes, user_scopes = (
            re.findall(r"[^,\s]+", asked.get(name, "")) for name in ("scope", "user_scope")
        )
        if "/openid/" in found[0]:
            scopes, user_scopes = [], scopes
        code = self.installations.approve(
            member.id,
            scopes,
            user_scopes=user_scopes,
            redirect_uri=asked.get("redirect_uri", ""),
            nonce=asked.get("nonce", ""),
            channel=channel,
        )
        back = asked.get("redirect_uri") or urljoin(address, "/slack/oauth_redirect")
        query = urlencode({"code": code, "state": asked.get("state", "")})
        cookies = first.headers.getlist("Set-Cookie")
        cookie = "; ".join(each.partition(";")[0] for each in cookies)
        last = http.request("GET", f"{back}?{query}", headers={"Cookie": cookie})
        text = last.data.decode()
        if last.status >= 400:
            raise LookupError(f"{back} answered {last.status}: {text[:500]}")
        if scopes:
            self.web_api.scopes = scopes
        self.web_api.user_scopes = user_scopes
        return text
