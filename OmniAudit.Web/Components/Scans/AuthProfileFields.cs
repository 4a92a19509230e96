using OmniAudit.Modules.Identities;
using OmniAudit.Modules.SiteLint.Auth;

namespace OmniAudit.Web.Components.Scans;

/// <summary>One typed step of a sign-in form.</summary>
internal sealed class AuthStepFields
{
    public string Action { get; set; } = "fill";
    public string Selector { get; set; } = "";
    public string Value { get; set; } = "";
    public bool IsSecret { get; set; }
}

/// <summary>What an admin typed about a sign-in.</summary>
internal sealed class AuthProfileFields
{
    public string Name { get; set; } = "";
    public string Origins { get; set; } = "";
    public string Cookies { get; set; } = "";
    public string Headers { get; set; } = "";
    public string BasicUser { get; set; } = "";
    public string BasicPassword { get; set; } = "";
    public string LoginUrl { get; set; } = "";
    public List<AuthStepFields> Steps { get; } = [];
    public string SignedIn { get; set; } = "";
    public string AgentNames { get; set; } = "";

    public bool HasLogin => LoginUrl.Length > 0 || Steps.Count > 0;

    /// <summary>How a profile signs in, without any secret.</summary>
    public static IEnumerable<string> Ways(AuthShape shape)
    {
        if (shape.Cookies.Count > 0) yield return "cookies " + string.Join(", ", shape.Cookies);
        if (shape.Headers.Count > 0) yield return "headers " + string.Join(", ", shape.Headers);
        if (shape.BasicUser is { } user) yield return $"basic as {user}";
        if (shape.Login is { } login) yield return $"form at {login.Url}, {ScanWords.Count(login.Steps.Count, "step")}";
    }

    /// <summary>Which agents may use it, in words.</summary>
    public static IEnumerable<string> Agents(AuthProfile profile) => profile.Agents switch
    {
        [] => ["none, people and schedules only"],
        [{ Subject: ProfileAgent.Everyone }] => ["all agents"],
        var some => some.Select(a => a.Name),
    };

    /// <summary>The shape, and the secrets apart.</summary>
    /// <exception cref="IdentityRefusedException">A line cannot be read; no value is in the message.</exception>
    public (AuthShape Shape, IReadOnlyDictionary<string, string> Secrets) Read()
    {
        var secrets = new Dictionary<string, string>(StringComparer.Ordinal);
        var shape = new AuthShape(ScanFormFields.Lines(Origins))
        {
            Cookies = Pairs("cookies", Cookies, '=', "name=value", "cookie:", secrets), Headers = Pairs("headers", Headers, ':', "Name: value", "header:", secrets),
            BasicUser = BasicUser.Trim().Length > 0 ? BasicUser.Trim() : null,
            Login = HasLogin ? new AuthLogin(LoginUrl.Trim(), [.. Steps.Select((s, i) => Step(s, i, secrets))], SignedIn.Trim() is { Length: > 0 } there ? there : null) : null,
        };
        if (shape.BasicUser is not null) secrets["basic"] = BasicPassword;
        return (shape, secrets);
    }

    private static AuthStep Step(AuthStepFields step, int index, Dictionary<string, string> secrets)
    {
        if (step.Action != "fill") return new AuthStep(step.Action, step.Selector.Trim());
        if (!step.IsSecret) return new AuthStep("fill", step.Selector.Trim(), step.Value);
        var key = $"step-{index + 1}";
        secrets[key] = step.Value;
        return new AuthStep("fill", step.Selector.Trim(), Secret: key);
    }

    private static List<string> Pairs(string field, string typed, char separator, string form, string prefix, Dictionary<string, string> secrets)
    {
        var names = new List<string>();
        foreach (var (line, number) in ScanFormFields.Lines(typed).Select((l, i) => (l, i + 1)))
        {
            var cut = line.IndexOf(separator, StringComparison.Ordinal);
            if (cut <= 0) throw new IdentityRefusedException($"{field}: line {number} must be {form}.");
            var name = line[..cut].Trim();
            if (names.Contains(name)) throw new IdentityRefusedException($"{field}: '{name}' is there twice.");
            names.Add(name);
            secrets[prefix + name] = line[(cut + 1)..].Trim();
        }
        return names;
    }
}
