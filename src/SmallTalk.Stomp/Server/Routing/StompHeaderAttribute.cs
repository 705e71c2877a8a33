using Microsoft.AspNetCore.Http.Metadata;

namespace SmallTalk.Stomp;

/// <summary>Binds a handler's parameter to a header of the frame.</summary>
/// <param name="name">The header's name, case sensitive; without one the parameter's.</param>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class StompHeaderAttribute(string? name = null) : Attribute, IFromHeaderMetadata
{
    /// <inheritdoc/>
    public string? Name => name;
}
