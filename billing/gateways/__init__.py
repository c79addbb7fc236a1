"""Payment services behind one interface; nothing else in the portal knows which one is in use."""
