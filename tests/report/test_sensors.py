from fascicle.report._layout import Layout
from fascicle.report._sensors import draw_sensors


def ring(n: int) -> Layout:
    points = {f"E{i}": (i / n - 0.5, 0.3) for i in range(n)}
    return Layout(points, is_measured=True, has_head=True)


def test_marked_sensors_carry_their_reason():
    drawing = draw_sensors(ring(7), {"E3": "fail"}, {"E3": "flat for 62 % of the time"})

    assert "<title>E3: flat for 62 % of the time</title>" in drawing
    assert drawing.count('class="dot fail"') == 1
    assert drawing.count('class="dot pass"') == 6


def test_a_helmet_is_one_path_with_its_marked_sensors_named():
    drawing = draw_sensors(ring(306), {"E7": "warn", "E9": "skip"}, {})

    assert drawing.count("<circle") == 2  # the head and the marked one
    assert drawing.count("h0") == 305
    assert ">E7</text>" in drawing
    assert len(drawing) < 8_000


def test_no_head_is_drawn_around_contacts_inside_it():
    layout = Layout({"A1": (0.1, 0.2)}, is_measured=True, has_head=False)

    assert "skull" not in draw_sensors(layout, {}, {})


def test_no_places_draw_nothing():
    assert draw_sensors(Layout({}, is_measured=False, has_head=True), {}, {}) == ""
