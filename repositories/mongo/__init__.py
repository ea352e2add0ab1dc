"""The MongoDB backend: the only place that knows the driver."""
