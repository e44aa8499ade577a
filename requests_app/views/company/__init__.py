"""What the company's own systems ask the portal: no pages, signed answers in JSON."""
