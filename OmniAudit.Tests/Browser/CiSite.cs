using System.Text;
using System.Text.Json.Nodes;
using OmniAudit.Modules.Settings;
using OmniAudit.Tests.AuditLens;
using OmniAudit.Tests.GitHub;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Browser;

/// <summary>A repository on a stand-in for GitHub whose pull request has a failed run, with everything that a run can have.</summary>
internal sealed class CiSite : IAsyncDisposable
{
    public const string Repo = "acme/shop";
    public const string Sha = "4f2c8a91d07be3556610fa2c9e8d7b1a3c5e9f00";

    private CiSite(FakeGitHub gitHub, FakeRepository repository) => (GitHub, Repository) = (gitHub, repository);

    public FakeGitHub GitHub { get; }
    public FakeRepository Repository { get; }

    public static async Task<CiSite> StartAsync()
    {
        var gitHub = await FakeGitHub.StartAsync();
        var repository = gitHub.AddRepository(Repo);
        repository.Runs.Add(FakeGitHub.Run(7, Sha, "topic"));
        repository.Runs.Add(FakeGitHub.Run(6, "0aa0", "main", "success"));
        repository.Pulls.Add(FakeGitHub.Pull(12, Sha));
        EvidenceWorld.AddJobLog(repository, 71, "test / linux", Log());
        EvidenceWorld.AddJobLog(repository, 72, "lint", "2026-03-01T10:00:00.0000000Z ##[group]Run eslint\n2026-03-01T10:00:01.0000000Z ::error file=web/cart.ts,line=3::'total' is never reassigned. Use 'const'\n2026-03-01T10:00:02.0000000Z ##[endgroup]\n");
        repository.Downloads["run:7/1"] = EvidenceWorld.Zip(("0_test  linux.txt", Log()), ("1_lint.txt", Encoding.UTF8.GetString(repository.Downloads["job:72"])));
        EvidenceWorld.AddArtifact(repository, 70, "test-reports", EvidenceWorld.Zip(("junit.xml", JUnit), ("../escape.txt", "x")));
        EvidenceWorld.AddArtifact(repository, 69, "old-reports", EvidenceWorld.Zip(("a.txt", "x")), expired: true);
        repository.Annotations[71] = [];
        repository.Annotations[72] = [new JsonObject { ["path"] = "web/cart.ts", ["start_line"] = 3, ["end_line"] = 3, ["annotation_level"] = "failure", ["title"] = null, ["message"] = "'total' is never reassigned. Use 'const'", ["raw_details"] = null }];
        return new CiSite(gitHub, repository);
    }

    private const string JUnit = """
        <testsuite name="shop"><testcase classname="shop.CartTest" name="test_total" file="tests/test_cart.py" line="12"><failure message="expected 3, got 4">AssertionError at tests/test_cart.py:12</failure></testcase>
        <testcase classname="shop.CartTest" name="test_tax"/><testcase classname="shop.CartTest" name="test_flaky"><failure message="timed out">x</failure></testcase><testcase classname="shop.CartTest" name="test_flaky"/></testsuite>
        """;

    private static string Log()
    {
        var log = new StringBuilder();
        for (var i = 1; i <= 3000; i++)
        {
            var text = i switch { 1 => "##[group]Run pytest", 1500 => "##[error]expected 3, got 4", 2900 => "##[endgroup]", 40 => "\u001b[32mPASSED\u001b[0m tests/test_tax.py \u202Ereversed", 41 => "token: ghp_0123456789abcdefghijABCDEFGHIJ012345", _ => $"collected line {i}" };
            log.Append("2026-03-01T10:00:00.0000000Z ").Append(text).Append('\n');
        }
        return log.ToString();
    }

    public void Configure(OmniAuditOptions options) => GitHub.Configure(options, Repo);

    /// <summary>Pages with this run's evidence on them.</summary>
    public async Task<IReadOnlyList<string>> FillAsync(TestApp app)
    {
        var log = await FetchAsync(app, "*", "logs");
        var report = await FetchAsync(app, "test-reports", "artifact");
        var parsed = (await app.CallAsync("auditlens.parse_findings", new { evidence_ref = report, with_refs = new[] { log, await FetchAsync(app, "*", "annotations") } })).GetProperty("structuredContent");
        var (findings, finding) = (parsed.GetProperty("findings_ref").GetString(), parsed.GetProperty("findings")[0].GetProperty("finding_id").GetString());
        return
        [
            "/runs", $"/runs?repo={Repo}", $"/runs?repo={Repo}&pr=12", "/runs?repo=acme/none", $"/runs/{Repo}/7", "/evidence", $"/evidence/{report}", $"/evidence/{log}", $"/evidence/{log}/log?file=0_test%20%20linux.txt&line=1500&q=collected", "/evidence/evd_none",
            "/findings", $"/findings/{findings}", $"/findings/{findings}?group=cause", $"/findings/{findings}?tab=files", $"/findings/{findings}/{finding}", "/findings/fns_none",
        ];
    }

    private static async Task<string> FetchAsync(TestApp app, string name, string source)
    {
        var answer = await app.CallAsync("auditlens.fetch_evidence", new { repo = Repo, run_id = 7, artifact_name = name, source });
        Assert.True(answer.GetProperty("structuredContent").TryGetProperty("evidence_ref", out var evidence), answer.GetRawText());
        return evidence.GetString()!;
    }

    public ValueTask DisposeAsync() => GitHub.DisposeAsync();
}
