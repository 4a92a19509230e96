using System.Collections.Concurrent;
namespace OmniAudit.Web.Security;
public sealed class TemporaryOperator { public string Id { get; set; } = ""; public string Name { get; set; } = ""; public string Password { get; set; } = ""; public string Stamp { get; set; } = "s"; }
public sealed class TemporaryOperators
{
    public ConcurrentDictionary<string, TemporaryOperator> ById { get; } = new();
    public ConcurrentDictionary<string, string> Links { get; } = new();
}
