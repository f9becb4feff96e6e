using Microsoft.AspNetCore.OpenApi;

namespace FastRing.Host.Management;

/// <summary>What the OpenAPI document says about the API as a whole.</summary>
internal static class ApiDocument
{
    public static void Describe(OpenApiOptions options) => options.AddDocumentTransformer(static (document, _, _) =>
    {
        document.Info.Title = "FastRing management";
        document.Info.Version = "v1";
        document.Info.Description = "Guests and their ports, over a unix socket. What fails is a problem detail (RFC 9457).";
        document.Servers = [];
        return Task.CompletedTask;
    });
}
