import numpy as np

from modnetv_kit.inference.clean_plate import CleanPlate
from modnetv_kit.inference.foreground import estimate_foreground
from modnetv_kit.inference.pixels import band_of, to_uint8


def soft_disc(size: int, rim: int) -> np.ndarray:
    """Alpha of a disc with a rim that many pixels wide, float32 (size, size)."""
    y, x = np.mgrid[:size, :size]
    radius = np.hypot(y - size / 2, x - size / 2)
    return ((0.3 * size - radius) / rim + 0.5).clip(0, 1).astype(np.float32)


def scene(size: int = 96, rim: int = 8) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Frame, alpha, true foreground (skin) and true background (green with texture); pictures are uint8."""
    rng = np.random.default_rng(0)
    alpha = soft_disc(size, rim)
    skin = 255 * np.array([0.8, 0.6, 0.5]) + 5 * rng.standard_normal((size, size, 3))
    green = np.full((size, size, 3), 255 * np.array([0.1, 0.8, 0.2]))
    green[::rim] = 25
    a = alpha[..., None]
    frame, skin, green = (np.rint(x).clip(0, 255).astype(np.uint8) for x in (a * skin + (1 - a) * green, skin, green))
    return frame, alpha, skin, green


def known(image: np.ndarray, trusted: bool = True) -> CleanPlate:
    everywhere = np.ones(image.shape[:2], bool)
    return CleanPlate(image, everywhere, everywhere & trusted)


def halo(foreground: np.ndarray, alpha: np.ndarray, true: np.ndarray) -> float:
    """Mean error of the composite on black over the rim."""
    rim = (alpha > 0.05) & (alpha < 0.95)
    return float((np.abs(foreground.astype(float) - true) * alpha[..., None])[rim].mean())


def test_solid_parts_keep_their_colours_exactly() -> None:
    frame, alpha, _, background = scene()
    for plate in (None, known(background)):
        assert np.array_equal(estimate_foreground(frame, alpha, plate)[alpha == 1], frame[alpha == 1])


def test_blur_fusion_halves_the_old_backgrounds_rim() -> None:
    frame, alpha, true, _ = scene()
    assert halo(estimate_foreground(frame, alpha), alpha, true) < 0.5 * halo(frame, alpha, true)


def test_a_known_background_removes_the_rim_almost_entirely() -> None:
    frame, alpha, true, background = scene()
    with_plate = halo(estimate_foreground(frame, alpha, known(background)), alpha, true)
    assert with_plate < 0.6 * halo(estimate_foreground(frame, alpha), alpha, true)
    assert with_plate < 0.1 * halo(frame, alpha, true)


def test_large_frames_lose_their_rim_as_small_ones_do() -> None:
    frame, alpha, true, background = scene(1152, rim=24)
    assert halo(estimate_foreground(frame, alpha), alpha, true) < 0.5 * halo(frame, alpha, true)
    assert halo(estimate_foreground(frame, alpha, known(background)), alpha, true) < 0.1 * halo(frame, alpha, true)


def test_under_an_empty_matte_lie_the_persons_colours_and_not_the_old_background() -> None:
    frame, alpha, true, background = scene()
    foreground = estimate_foreground(frame, alpha, known(background)).astype(float)
    y, x = np.mgrid[:96, :96]
    close = (alpha == 0) & (np.hypot(y - 48, x - 48) < 35)
    skin = true.reshape(-1, 3).mean(0)
    assert np.abs(foreground[close] - skin).mean() < 0.2 * np.abs(background[close] - skin).mean()


def test_a_plate_that_is_not_trusted_changes_nothing() -> None:
    frame, alpha, _, background = scene()
    stale = known(255 - background, trusted=False)
    assert np.array_equal(estimate_foreground(frame, alpha, stale), estimate_foreground(frame, alpha))


def test_frame_and_matte_are_left_as_they_are() -> None:
    frame, alpha, _, background = scene()
    copies = frame.copy(), alpha.copy(), background.copy()
    estimate_foreground(frame, alpha, known(background))
    assert all(np.array_equal(x, copy) for x, copy in zip((frame, alpha, background), copies, strict=True))


def test_empty_and_full_mattes_of_any_shape_have_colours() -> None:
    for shape in ((40, 33), (32, 32), (33, 200), (1100, 34)):
        frame = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
        assert np.array_equal(estimate_foreground(frame, np.ones(shape, np.float32)), frame)
        assert estimate_foreground(frame, np.zeros(shape, np.float32)).shape == frame.shape


def test_the_band_is_what_eight_bits_can_tell_from_empty_and_solid() -> None:
    alpha = np.array([[0, 0.001, 0.003, 0.5, 0.997, 0.999, 1]], np.float32)
    matte = to_uint8(alpha)
    assert matte.tolist() == [[0, 0, 1, 128, 254, 255, 255]]
    assert band_of(matte).tolist() == [2, 3, 4]


def test_far_from_the_person_the_colours_are_still_the_persons_and_never_black() -> None:
    frame, alpha, true, _ = scene(512, rim=8)
    small = np.zeros((512, 512), np.float32)
    small[220:292, 220:292] = alpha[220:292, 220:292]
    corner = estimate_foreground(frame, small)[:40, :40].reshape(-1, 3).astype(float)
    assert np.abs(corner - true.reshape(-1, 3).mean(0)).max() < 25
