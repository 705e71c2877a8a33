namespace SmallTalk.Stomp;

/// <summary>What one frame may cost ("Size Limits"). A reader refuses as soon as it is certain that a limit will be passed.</summary>
/// <param name="MaxFrameBytes">From the first byte of the command to the NUL, both included.</param>
/// <param name="MaxHeaders">Header lines, repeated ones included.</param>
public sealed record StompLimits(int MaxFrameBytes = 64 * 1024, int MaxHeaders = 128);
