# SPDX-License-Identifier: MIT
# gnuplot: benchmark.svg and .png (side by side), benchmark-growth.svg and .png, of the run in ".".
set style fill solid 0.85 noborder
font = "DejaVu Sans,11"

do for [kind in "svg png"] {
	if (kind eq "svg") {
		set terminal svg size 900,620 dynamic font font background rgb "white"
	} else {
		set terminal pngcairo size 900,620 font font background rgb "white"
	}
	set output "benchmark.".kind
	set title "Opening a session, median and quartiles; green: pam_nsisolate, blue: other modules, grey: bare system calls" noenhanced
	set xlabel "microseconds (log scale)"
	set logscale x
	set xrange [30:*]
	set grid x
	unset key
	set yrange [-0.7:*]
	set ytics scale 0 noenhanced
	set boxwidth 0.7
	plot "contest.dat" using (0.5*($2+30)):0:(30):2:($0-0.35):($0+0.35):($5==2 ? 0x1a7f37 : $5==1 ? 0x8c959f : 0x0969da):ytic(1) with boxxyerror linecolor rgb variable, \
	     "" using 2:0:3:4 with xerrorbars linecolor rgb "black" pointtype 7 pointsize 0.3
	unset yrange
	unset ytics
}
reset
curves = system("ls growth-*.dat 2>/dev/null | sed 's/growth-//; s/.dat//'")
if (words(curves) > 0) {
	rows = (words(curves) + 1) / 2
	do for [kind in "svg png"] {
		if (kind eq "svg") {
			set terminal svg size 1000,360*rows dynamic font "DejaVu Sans,10" background rgb "white"
		} else {
			set terminal pngcairo size 1000,360*rows font "DejaVu Sans,10" background rgb "white"
		}
		set output "benchmark-growth.".kind
		set multiplot layout rows,2
		set logscale xy
		set grid
		set key outside bottom center horizontal samplen 2 noenhanced
		set ylabel "microseconds"
		do for [name in curves] {
			file = "growth-".name.".dat"
			columns = system("head -n 2 ".file." | tail -n 1 | wc -w") + 0
			set title name noenhanced
			plot for [i=2:columns] file using 1:i with linespoints linewidth 2 pointtype 7 pointsize 0.5 title columnheader(i)
		}
		unset multiplot
	}
}
