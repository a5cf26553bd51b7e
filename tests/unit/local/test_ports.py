import socket

from deploy.local.ports import LOOPBACK, Ports, accepts, is_free


def test_the_preferred_port_is_given_when_it_is_free(ports: Ports) -> None:
    preferred = ports.any()
    fresh = Ports()
    assert fresh.near(preferred) == preferred
    assert fresh.moved == {}


def test_a_busy_port_is_replaced_by_another_and_the_move_is_told() -> None:
    with socket.socket() as server:
        server.bind((LOOPBACK, 0))
        server.listen()
        busy = server.getsockname()[1]
        assert accepts(busy)
        ports = Ports()
        chosen = ports.near(busy)
        assert chosen != busy
        assert is_free(chosen)
        assert ports.moved == {busy: chosen}


def test_no_port_is_given_twice(ports: Ports) -> None:
    preferred = ports.any()
    fresh = Ports()
    assert fresh.near(preferred) != fresh.near(preferred)


def test_a_port_that_another_stack_has_chosen_is_taken_before_it_listens_there(ports: Ports) -> None:
    preferred = ports.any()
    first, second = Ports(), Ports()
    assert first.near(preferred) == preferred
    moved = second.near(preferred)
    assert second.moved == {preferred: moved}
