"""The door to the world. It never imports the inbox."""
