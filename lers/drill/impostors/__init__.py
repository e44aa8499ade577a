"""Six impostors try to get records out of a running portal. See docs/drill.md, "Six impostors"."""
