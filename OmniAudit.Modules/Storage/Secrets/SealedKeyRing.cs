using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.EntityFrameworkCore;

namespace OmniAudit.Modules.Storage.Secrets;

/// <summary>The keys that sign console sessions, sealed in the database like every other secret, so that sessions survive a restart and a copied key file opens nothing.</summary>
internal sealed class SealedKeyRing(SecretVault vault, Database database) : IXmlRepository
{
    private const string Prefix = "console-key/";

    // The framework asks for keys synchronously, at its first use and once a day; neither has a context to block.
    public IReadOnlyCollection<XElement> GetAllElements() => Task.Run(ReadAsync).GetAwaiter().GetResult();

    public void StoreElement(XElement element, string friendlyName) => Task.Run(() =>
        vault.SetAsync(Prefix + friendlyName, Encoding.UTF8.GetBytes(element.ToString(SaveOptions.DisableFormatting)), CancellationToken.None)).GetAwaiter().GetResult();

    private async Task<IReadOnlyCollection<XElement>> ReadAsync()
    {
        var names = await database.ReadAsync(db => db.Set<SecretRow>().Where(s => s.Name.StartsWith(Prefix)).Select(s => s.Name).ToListAsync(), CancellationToken.None);
        var keys = new List<XElement>(names.Count);
        foreach (var name in names)
        {
            if (await vault.FindAsync(name, CancellationToken.None) is { } key) keys.Add(XElement.Parse(Encoding.UTF8.GetString(key)));
        }
        return keys;
    }
}
