"""`make chaos`: acquisitions on a product whose processes and connections fail at random points."""
