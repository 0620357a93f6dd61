"""What is scrubbed from urls, selectors and text, and how; pure."""
