"""The ZeroMQ shell around the receiver of the link; durable before the ack."""
