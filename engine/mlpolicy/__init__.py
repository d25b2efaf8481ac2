"""mlpolicy: policy as code for choosing how to build machine-learning workloads."""

__version__ = "0.1.0"
