"""The explorer is a page of this server's own, built from `explorer/`; it asks no other host for anything."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

from api.headers import CONTENT_POLICY

BUILT: Final = Path(__file__).parent.parent / "explorer" / "dist"
PAGE: Final = "index.html"
ADDRESS: Final = "/explorer"
"""Where the page's files are; `explorer/build.js` writes it into the page."""
PEOPLE: Final = f"{ADDRESS}/people"
"""Where the page gets the people its visitor may be (`api/people.py`)."""
BODY: Final = b'<div id="explorer">'
BODY_WITH_PEOPLE: Final = f'<div id="explorer" data-people="{PEOPLE}">'.encode()
FOR_EVER: Final = "public, max-age=31536000, immutable"
"""How long browsers keep a file: its name changes with its content."""
POLICY: Final = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",  # Monaco, the editor, writes its theme and its lines' places as it goes
    "connect-src": "'self'",
    "font-src": "'self'",
    "img-src": "'self' data:",  # the editor's style sheet holds small pictures
    "worker-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
    "object-src": "'none'",
}
"""What the page may load and do."""
NEEDS: Final = "it needs node and npm (Debian: apt-get install nodejs npm), and then `make explorer`"
NOT_BUILT: Final = f"""<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
<title>医保钱包</title>
<p>查询界面尚未构建：需要node和npm（Debian：apt-get install nodejs npm），
用<code>make explorer</code>构建，然后刷新此页。接口本身可以使用。</p>
<p lang="en">The explorer is not built: {NEEDS.replace("`make explorer`", "<code>make explorer</code>")}.
Then load this page again. The API itself works.</p>
</html>
"""
_PLAIN_HOST: Final = re.compile(r"[A-Za-z0-9.-]+(:[0-9]+)?")


class KeptFiles(StaticFiles):
    """Files that browsers keep; their folder may come later, as nothing is found in it until then."""

    async def check_config(self) -> None:
        """Find nothing wrong."""

    def file_response(self, *arguments: Any, **named: Any) -> Response:  # noqa: ANN401 - the library's
        """Give a file."""
        response = super().file_response(*arguments, **named)
        response.headers["Cache-Control"] = FOR_EVER
        return response


def explorer_files(built: Path) -> KeptFiles:
    """Serve what the page loads."""
    return KeptFiles(directory=built / "files", check_dir=False)


def is_built(built: Path) -> bool:
    """Tell whether there is an explorer in that folder."""
    return (built / PAGE).is_file()


def explorer_page(built: Path, host: str, *, people: bool = False) -> Response:
    """Give the page, or one that says what is missing; it is told where people are, if visitors may be one of them."""
    if not is_built(built):
        return HTMLResponse(NOT_BUILT, 503, {"Cache-Control": "no-store", "Vary": "Accept"})
    headers = {"Cache-Control": "no-cache", "Vary": "Accept", CONTENT_POLICY.decode(): policy(host)}
    page = (built / PAGE).read_bytes()
    return HTMLResponse(page.replace(BODY, BODY_WITH_PEOPLE) if people else page, headers=headers)


def policy(host: str) -> str:
    """Write the policy; older browsers do not count a WebSocket to the page's own host as 'self'."""
    sockets = f" ws://{host} wss://{host}" if _PLAIN_HOST.fullmatch(host) else ""
    return "; ".join(f"{kind} {allowed}" for kind, allowed in {**POLICY, "connect-src": f"'self'{sockets}"}.items())
