"""Where the time of a worker goes, stage by stage: samples of its stack while it reads a topic filled before."""
