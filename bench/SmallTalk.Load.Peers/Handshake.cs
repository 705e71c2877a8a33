using System.Security.Cryptography;
using System.Text;

namespace SmallTalk.Load.Peers;

static class Handshake
{
    /// <summary>RFC 6455, section 4.2.2.</summary>
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Security", "CA5350", Justification = "The RFC asks for SHA-1.")]
    public static string Accept(string key) =>
        Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
}
