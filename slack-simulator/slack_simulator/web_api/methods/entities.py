"""entity.presentDetails: what Slack shows beside a link that the app unfurled as an object."""

from slack_simulator.web_api.arguments import Arguments
from slack_simulator.web_api.caller import Caller
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Json


def present(caller: Caller, arguments: Arguments) -> Json:
    """Answer `entity_details_requested` with the object's `metadata`, an error, or a login."""
    caller.interactivity.triggers.use(arguments.required("trigger_id", "invalid_trigger"))
    asks_to_log_in = arguments.flag("user_auth_required")
    metadata = arguments.structure("metadata", "invalid_metadata")
    if not (asks_to_log_in or arguments.structure("error", "invalid_arguments")):
        title(metadata)
    return {}


def title(entity: object) -> str:
    """Return the title of an object. Raise `invalid_metadata` if it isn't one."""
    match entity:
        case {
            "entity_type": str(),
            "external_ref": {"id": str()},
            "entity_payload": {"attributes": {"title": {"text": str(text)}}},
        }:
            return text
    raise SlackError("invalid_metadata")


def preview(entity: Json) -> Json:
    """Return the attachment that shows an object under the link to it. Raise as `title` does."""
    url = entity.get("app_unfurl_url") or entity.get("url")
    attributes: Json = entity.get("entity_payload", {}).get("attributes", {})
    name = attributes.get("product_name", "")
    return {
        "from_url": url,
        "title": title(entity),
        "title_link": entity.get("url"),
        "footer": name,
    }
