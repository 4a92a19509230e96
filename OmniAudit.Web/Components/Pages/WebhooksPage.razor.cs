using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;
using OmniAudit.Modules.Webhooks;

namespace OmniAudit.Web.Components.Pages;

/// <summary>Where events go, what has arrived, and what a person must look at.</summary>
public sealed partial class WebhooksPage
{
    private const int PageSize = 50;

    private const string Sample = """
        import { createHmac, timingSafeEqual } from "node:crypto";

        export function isGenuine(headers, body, secret) {
          const key = secret.startsWith("whsec_") ? Buffer.from(secret.slice(6), "base64") : Buffer.from(secret);
          const time = headers["webhook-timestamp"];
          if (Math.abs(Date.now() / 1000 - Number(time)) > 300) return false;
          const expected = createHmac("sha256", key).update(`${headers["webhook-id"]}.${time}.${body}`).digest();
          return headers["webhook-signature"].split(" ").some(s => {
            const given = Buffer.from(s.replace(/^v1,/, ""), "base64");
            return given.length === expected.length && timingSafeEqual(given, expected);
          });
        }
        """;

    private static readonly (string Value, string Label)[] Choices =
    [
        ("", "All"), (WebhookDeliveryState.Waiting, "Waiting"), (WebhookDeliveryState.Delivered, "Delivered"), (WebhookDeliveryState.Dead, "Dead"),
    ];

    private IReadOnlyList<WebhookTargetView> _targets = [];
    private IReadOnlyList<WebhookDeliveryView> _rows = [];
    private (string Tone, string Text)? _answer;

    [Inject] private WebhookQueries Webhooks { get; set; } = null!;
    [Inject] private WebhookDesk Desk { get; set; } = null!;
    [Inject] private NavigationManager Navigation { get; set; } = null!;

    [SupplyParameterFromQuery(Name = "state")] public string? State { get; set; }
    [SupplyParameterFromQuery(Name = "before")] public long? Before { get; set; }

    private string Selected => Choices.Any(c => c.Value == State) ? State! : "";

    private string EmptyText => Selected switch
    {
        WebhookDeliveryState.Waiting => "Nothing waits.",
        WebhookDeliveryState.Delivered => "Nothing has been delivered yet.",
        WebhookDeliveryState.Dead => "Nothing was given up.",
        _ => "Nothing has been sent yet.",
    };

    private string Older => Navigation.GetUriWithQueryParameter("before", _rows[^1].Sequence);

    protected override bool Concerns(Change change) => change.Topic is Topics.Webhooks or Topics.Approvals;

    protected override async Task LoadAsync()
    {
        _targets = await Webhooks.TargetsAsync(Left);
        _rows = await Webhooks.ListAsync(Selected, Before, PageSize, Left);
    }

    private bool IsTwin(WebhookTargetView target) => _targets.Any(t => t.Host == target.Host && t.Key != target.Key);

    private Task TestAsync(WebhookTargetView target) => ActAsync(person => Desk.SendTestAsync(target.Key, person, Left), $"A test is on its way to {target.Host}.");

    private Task SendAgainAsync(WebhookDeliveryView row) => ActAsync(person => Desk.SendAgainAsync(row.DeliveryId, person, Left), $"{row.DeliveryId} is sent again.");

    private Task DropAsync(WebhookDeliveryView row) => ActAsync(person => Desk.DropAsync(row.DeliveryId, person, Left), $"{row.DeliveryId} was dropped; it will not be sent.");

    private async Task ActAsync(Func<Actor, Task<string?>> act, string done)
    {
        if (await CurrentPersonAsync() is not { } person)
        {
            _answer = ("bad", "Your session has ended. Sign in again; nothing was done.");
            return;
        }
        _answer = await act(person) is { } refusal ? ("bad", refusal) : ("good", done);
        await LoadAsync();
    }
}
