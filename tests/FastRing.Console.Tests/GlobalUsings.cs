global using FastRing.Console.Tests.Support;
global using Xunit;
