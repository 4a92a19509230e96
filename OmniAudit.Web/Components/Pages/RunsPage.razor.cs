using System.Globalization;
using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.AuditLens.Evidence;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Web.Components.Pages;

/// <summary>Workflow runs of a repository or a pull request, asked for now.</summary>
public sealed partial class RunsPage
{
    private const int Most = 50;
    private static readonly (string Value, string Label)[] Statuses = [.. new[] { "failure", "success", "cancelled", "timed_out", "in_progress", "queued" }.Select(s => (s, s.Replace('_', ' ')))];

    private string _repo = "", _pull = "", _branch = "";
    private string? _asked, _problem;
    private CiRunList? _list;

    [Inject] private CiRuns Runs { get; set; } = null!;
    [Inject] private OmniAuditOptions Options { get; set; } = null!;
    [Inject] private NavigationManager Navigation { get; set; } = null!;

    [SupplyParameterFromQuery(Name = "repo")] public string? Repo { get; set; }
    [SupplyParameterFromQuery(Name = "pr")] public string? Pull { get; set; }
    [SupplyParameterFromQuery(Name = "branch")] public string? Branch { get; set; }
    [SupplyParameterFromQuery(Name = "status")] public string? Status { get; set; }

    private IEnumerable<string> Known => Options.Policy.RepoWriteAllowlist.Select(r => r.Trim()).Where(r => r.Length > 0);

    protected override bool Concerns(Change change) => false;

    protected override async Task LoadAsync()
    {
        (_repo, _pull, _branch) = (Repo ?? "", Pull ?? "", Branch ?? "");
        var asked = $"{Repo}|{Pull}|{Branch}|{Status}";
        // GitHub is asked once the page is live, and not twice for one address.
        if (!IsLive || string.IsNullOrWhiteSpace(Repo) || asked == _asked) return;
        (_asked, _list, _problem) = (asked, null, null);
        if (Repo.Trim().Split('/') is not [{ Length: > 0 }, { Length: > 0 }])
        {
            _problem = "Repository: write it owner/name.";
            return;
        }
        if (!string.IsNullOrEmpty(Pull) && !(long.TryParse(Pull, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0))
        {
            _problem = "Pull request: give its number, such as 12.";
            return;
        }
        try
        {
            _list = await Runs.ListAsync(Repo.Trim(), new CiRunFilter(string.IsNullOrEmpty(Pull) ? null : long.Parse(Pull, CultureInfo.InvariantCulture), Null(Branch), Null(Status)), Most, Left);
        }
        catch (CiUnavailableException refused)
        {
            _problem = refused.Message;
        }
    }

    private void Go() => Navigation.NavigateTo(Navigation.GetUriWithQueryParameters(new Dictionary<string, object?> { ["repo"] = Null(_repo), ["pr"] = Null(_pull), ["branch"] = Null(_branch) }));

    private static string? Null(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    private static string Short(string sha) => sha.Length > 10 ? sha[..10] : sha;
}
