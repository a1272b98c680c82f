"""A request to the simulator and its response, as the feed keeps them."""

from slack_simulator.feed.exchanges import Exchange
from slack_simulator.http.messages import Request, Response


def exchange_of(request: Request, response: Response) -> Exchange:
    """Return the exchange of both. A response that is cut off counts as none."""
    query = f"?{request.query_string}" if request.query_string else ""
    return Exchange(
        method=request.method,
        url=request.path + query,
        headers=request.headers,
        body=request.body,
        status=None if response.cut else response.status,
        answer_headers=response.headers,
        answer=response.body,
    )
