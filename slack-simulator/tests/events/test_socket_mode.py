"""Socket Mode as the app's WebSocket sees it."""

import socket
from urllib.parse import urlsplit

from support import PATIENCE
from wsproto import ConnectionType, WSConnection
from wsproto.events import Ping, Request

from slack_simulator import Simulator


def test_a_connection_is_pinged_again_and_again(slack: Simulator) -> None:
    slack.socket_mode.ping_seconds = 0.01
    address = urlsplit(slack.socket_mode.new_address(slack.url))
    assert address.hostname
    client = WSConnection(ConnectionType.CLIENT)
    request = Request(host=address.netloc, target=f"{address.path}?{address.query}")
    with socket.create_connection((address.hostname, address.port or 0), PATIENCE) as connection:
        connection.sendall(client.send(request))
        pings = 0
        while pings < 3:
            data = connection.recv(65_536)
            assert data, "the simulator closed the connection"
            client.receive_data(data)
            pings += sum(isinstance(event, Ping) for event in client.events())
