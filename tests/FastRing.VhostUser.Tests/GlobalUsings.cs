global using FastRing.VhostUser.Tests.Support;
global using Xunit;
