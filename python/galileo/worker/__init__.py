"""What travels between controllers and workers (api), and a program's settings (context)."""
