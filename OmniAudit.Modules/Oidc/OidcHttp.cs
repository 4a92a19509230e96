using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.Protocols;

namespace OmniAudit.Modules.Oidc;

/// <summary>What is asked of an issuer over the network: small JSON documents, over TLS or from this machine, without redirects, within five seconds.</summary>
internal sealed class OidcHttp(IHttpClientFactory clients) : IDocumentRetriever
{
    public const string ClientName = "oidc";
    public const int LargestDocument = 512 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <exception cref="OidcUnavailableException">It cannot be had; the message says why and holds nothing secret.</exception>
    public async Task<string> GetDocumentAsync(string address, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Checked(address));
        var (status, body) = await SendAsync(request, cancel);
        return status == 200 ? body : throw new OidcUnavailableException($"{address} answered {status}");
    }

    /// <summary>The JSON object that a bearer of the token is given, or null for any other answer than 200.</summary>
    public async Task<JsonElement?> GetAsync(string address, string accessToken, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Checked(address));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", accessToken);
        var (status, body) = await SendAsync(request, cancellationToken);
        return status == 200 ? Parse(address, body) : null;
    }

    /// <summary>Posts a form; the answer's status and its JSON object.</summary>
    public async Task<(int Status, JsonElement Body)> PostAsync(string address, IEnumerable<KeyValuePair<string, string>> form, AuthenticationHeaderValue? authorization, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Checked(address)) { Content = new FormUrlEncodedContent(form) };
        request.Headers.Authorization = authorization;
        request.Headers.Accept.ParseAdd("application/json");
        var (status, body) = await SendAsync(request, cancellationToken);
        return (status, Parse(address, body));
    }

    /// <summary>Addresses come from the issuer's own document too: what is fetched from them decides who is let in.</summary>
    public static bool IsSafe(string? address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var url) && (url.Scheme == "https" || (url.Scheme == "http" && url.IsLoopback)) && url.UserInfo.Length == 0;

    private static Uri Checked(string address) => IsSafe(address) ? new Uri(address) : throw new OidcUnavailableException("the issuer names an address that is not https");

    private async Task<(int Status, string Body)> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var address = request.RequestUri!.GetLeftPart(UriPartial.Path);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        using var http = clients.CreateClient(ClientName);
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseContentRead, patience.Token);
            return ((int)response.StatusCode, Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync(patience.Token)));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new OidcUnavailableException($"{address} did not answer within {Patience.TotalSeconds:0} s");
        }
        catch (HttpRequestException failure)
        {
            throw new OidcUnavailableException($"{address} cannot be read ({failure.HttpRequestError})", failure);
        }
    }

    private static JsonElement Parse(string address, string body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            if (document.RootElement.ValueKind == JsonValueKind.Object) return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            // Said below, without the text: it may be anything.
        }
        throw new OidcUnavailableException($"{new Uri(address).GetLeftPart(UriPartial.Path)} did not answer with a JSON object");
    }
}
