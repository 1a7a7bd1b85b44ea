"""machine: what this machine tells of its processes, control groups, containers and servers, and as whom they run."""
