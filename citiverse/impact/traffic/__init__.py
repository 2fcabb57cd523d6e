"""Traffic on road networks: demand, equilibrium, standard test networks."""
