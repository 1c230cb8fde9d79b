"""Takes requests and shows people. Loads no network; meets the workers only through the store."""
