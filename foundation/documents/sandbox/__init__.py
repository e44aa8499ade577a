"""Programs that open hostile files in a process of their own. Nothing here may import Django or read a setting."""
