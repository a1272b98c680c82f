"""The settings that other processes can read and change."""

from typing import Annotated

import msgspec

from slack_simulator.components import Components
from slack_simulator.web_api.limits import Distribution, RateLimit

Seconds = Annotated[float, msgspec.Meta(ge=0)]
Address = Annotated[str, msgspec.Meta(pattern="^https?://")]


class SimulatorSettings(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The settings; see `Deliveries`, `WebApi` and `Workspace` for their meanings.

    Unset fields stay unchanged.
    """

    gateway: list[Address] | msgspec.UnsetType = msgspec.UNSET
    latency: Seconds | msgspec.UnsetType = msgspec.UNSET
    scopes: list[str] | msgspec.UnsetType = msgspec.UNSET
    user_scopes: list[str] | msgspec.UnsetType = msgspec.UNSET
    emoji: list[str] | msgspec.UnsetType = msgspec.UNSET
    honors_client_msg_id: bool | msgspec.UnsetType = msgspec.UNSET
    distribution: Distribution | msgspec.UnsetType | None = msgspec.UNSET
    rate_limit: RateLimit | msgspec.UnsetType | None = msgspec.UNSET
    delays: list[Seconds] | msgspec.UnsetType = msgspec.UNSET
    redeliver: Annotated[int, msgspec.Meta(ge=1)] | msgspec.UnsetType = msgspec.UNSET
    jitter: Seconds | msgspec.UnsetType = msgspec.UNSET
    clock_skew: float | msgspec.UnsetType = msgspec.UNSET


def current(components: Components) -> SimulatorSettings:
    """Return the current settings."""
    api, deliveries = components.web_api, components.deliveries
    return SimulatorSettings(
        gateway=list(deliveries.gateways),
        latency=api.latency,
        scopes=sorted(api.scopes),
        user_scopes=sorted(api.user_scopes),
        emoji=sorted(components.workspace.custom_emoji),
        honors_client_msg_id=components.workspace.honors_client_msg_id,
        distribution=api.distribution,
        rate_limit=api.rate_limit,
        delays=list(deliveries.delays),
        redeliver=deliveries.redeliver,
        jitter=deliveries.jitter,
        clock_skew=deliveries.clock_skew,
    )


def apply(components: Components, wanted: SimulatorSettings) -> None:
    """Apply the fields that are set in `wanted`."""
    if wanted.emoji is not msgspec.UNSET:
        components.workspace.custom_emoji = set(wanted.emoji)
    homes = {
        "gateway": components,
        "latency": components.web_api,
        "scopes": components.web_api,
        "user_scopes": components.web_api,
        "honors_client_msg_id": components.workspace,
        "distribution": components.web_api,
        "rate_limit": components.web_api,
        "delays": components.deliveries,
        "redeliver": components.deliveries,
        "jitter": components.deliveries,
        "clock_skew": components.deliveries,
    }
    for name, home in homes.items():
        value = getattr(wanted, name)
        if value is not msgspec.UNSET:
            setattr(home, name, value)
