"""The page under load: how long its server takes, and how long a browser does."""
