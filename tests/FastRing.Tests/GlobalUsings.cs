global using FastRing.DriverKit;
