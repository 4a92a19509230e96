namespace OmniAudit.Modules.Tools.Policies;
internal sealed record PolicyVerdict(bool Allowed, string Code, string Message);
internal sealed class UrlPolicy { public Task<PolicyVerdict> CheckAsync(string url, CancellationToken cancellationToken) => Task.FromResult(new PolicyVerdict(true, "", "")); }
internal sealed class RepositoryPolicy { public PolicyVerdict Check(string repository) => new(true, "", ""); }
internal sealed class ExportPathPolicy { public PolicyVerdict Check(string path) => new(true, "", ""); }
