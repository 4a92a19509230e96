using OmniAudit.Modules.AuditLens.Evidence;

namespace OmniAudit.Web.Endpoints;

/// <summary>Stored texts of evidence, to keep.</summary>
internal static class EvidenceFiles
{
    /// <summary>Always a download of plain text: what runs and reports wrote is never a page of this server.</summary>
    public static RouteHandlerBuilder MapEvidenceFiles(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/evidence/{evidenceId}/file", async (string evidenceId, string path, EvidenceQueries evidence, CancellationToken cancellationToken) =>
            await evidence.OpenAsync(evidenceId, path, cancellationToken) is { } content ? Results.Stream(content, "text/plain", path[(path.LastIndexOf('/') + 1)..]) : Results.NotFound());
}
