namespace FastRing.Host.Guests;

/// <summary>A guest, its packages or its root folder did not do what was asked; the message is one line for a person.</summary>
internal sealed class GuestException(string message, Exception? innerException = null) : Exception(message, innerException);
