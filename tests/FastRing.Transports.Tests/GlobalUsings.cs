global using FastRing.Transports.Tests.Support;
global using FastRing.VhostUser.Tests.Support;
global using Xunit;
