"""scaling: what stands in the way of more than one server, and what a GPU would be for."""

from collections.abc import Iterator

from capplan.inputs import Inputs
from capplan.plan import Finding
from capplan.profile import Role, ServiceProfile

# Libraries whose purpose is computing on a GPU; many also run without one.
_GPU_LIBRARIES = {
    "torch",
    "pytorch",
    "tensorflow",
    "jax",
    "cupy",
    "onnxruntime-gpu",
    "vllm",
    "transformers",
    "diffusers",
    "faster-whisper",
    "whisper",
    "sentence-transformers",
    "cudf",
    "rapids",
    "paddlepaddle",
    "mxnet",
}


def gpu_libraries(profile: ServiceProfile) -> tuple[str, ...]:
    """Return the libraries of the profile that can compute on a GPU."""
    return tuple(library for library in profile.stack.libraries if library.lower() in _GPU_LIBRARIES)


def obstacles(inputs: Inputs) -> Iterator[Finding]:
    """Yield what must change before a second application server can run beside the first."""
    profile = inputs.profile
    media = profile.data.media.high > 0
    if profile.operations.media_storage == "local" and media:
        yield Finding(code="obstacle-local-media", severity="warning")
    beats = profile.of_role(Role.BEAT)
    if beats:
        yield Finding(code="obstacle-single-beat", severity="warning", values={"container": beats[0]})
    databases = profile.of_role(Role.POSTGRESQL)
    if databases:
        yield Finding(
            code="obstacle-database-on-host", severity="warning", values={"container": databases[0]}
        )
    stores = profile.of_role(Role.REDIS)
    if stores:
        yield Finding(code="obstacle-store-on-host", severity="warning", values={"container": stores[0]})
    if profile.operations.channel_layer == "memory":
        yield Finding(code="obstacle-memory-channel-layer", severity="error")
    elif profile.websockets is not None and profile.operations.channel_layer == "none" and not stores:
        yield Finding(code="obstacle-no-channel-layer", severity="warning")
