"""The device of the networks."""

import torch

from .errors import DeviceError


def choose_device(name: str | torch.device = "auto") -> torch.device:
    """Return the device called `name` after checking that it works here.

    Args:
        name: "auto" chooses CUDA if available, else Apple's MPS, else the CPU; otherwise "cpu", "cuda", "cuda:1", "mps"
            or any other device that this PyTorch knows.

    Raises:
        DeviceError: no such device, or one that cannot be used on this machine.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        device = torch.device(name)
    except RuntimeError:
        raise DeviceError(f"there is no device {name!r}: use 'auto', 'cpu', 'cuda', 'cuda:1' or 'mps'") from None
    try:
        # only a trial shows it: a driver may be missing, the number too high, or support not compiled in
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).strip().partition("\n")[0].rstrip(".")
        raise DeviceError(f"device '{device}' cannot be used here ({reason}): use 'cpu' or 'auto'") from None
    return device


def cpu_has_bf16() -> bool:
    """Whether this CPU has instructions for bf16. Without them bf16 is many times slower than fp32."""
    capabilities: dict[str, object] = getattr(torch.cpu, "get_capabilities", dict)()  # missing in an older torch
    return any(capabilities.get(name, False) for name in ("avx512_bf16", "amx_bf16", "bf16", "arm_bf16"))
